/* Print, in hex, what Windows' version API says about the file that the command line names: the
 * numbers of file and product, the language, and some texts. */

typedef unsigned short wchar;
typedef unsigned long DWORD;

__declspec(dllimport) DWORD GetFileVersionInfoSizeW(const wchar *, DWORD *);
__declspec(dllimport) int GetFileVersionInfoW(const wchar *, DWORD, DWORD, void *);
__declspec(dllimport) int VerQueryValueW(const void *, const wchar *, void **, unsigned *);
__declspec(dllimport) void *GetStdHandle(DWORD);
__declspec(dllimport) int WriteFile(void *, const void *, DWORD, DWORD *, void *);
__declspec(dllimport) wchar *GetCommandLineW(void);
__declspec(dllimport) void ExitProcess(unsigned);

#define COUNT 7
static const wchar *const NAMES[COUNT] = {
    u"\\", u"\\VarFileInfo\\Translation",
    u"\\StringFileInfo\\040904b0\\CompanyName", u"\\StringFileInfo\\040904b0\\FileDescription",
    u"\\StringFileInfo\\040904b0\\LegalCopyright", u"\\StringFileInfo\\040904b0\\ProductName",
    u"\\StringFileInfo\\040904b0\\ProductVersion"};

static unsigned char info[65536];
static char line[65536];

static void print(const unsigned char *data, unsigned size) {
  DWORD written, length = 0;
  for (unsigned i = 0; i < size; i++) {
    line[length++] = "0123456789abcdef"[data[i] >> 4];
    line[length++] = "0123456789abcdef"[data[i] & 15];
  }
  line[length++] = '\n';
  WriteFile(GetStdHandle((DWORD)-11), line, length, &written, 0);
}

void start(void) {
  wchar *path = GetCommandLineW();
  for (wchar *at = path; *at; at++)
    if (*at == ' ') path = at + 1; /* the last word */
  DWORD zero;
  if (!GetFileVersionInfoW(path, 0, GetFileVersionInfoSizeW(path, &zero), info)) ExitProcess(1);
  for (int i = 0; i < COUNT; i++) {
    void *value;
    unsigned length; /* of the numbers in bytes, of texts in characters, final zero included */
    if (!VerQueryValueW(info, NAMES[i], &value, &length)) ExitProcess(2 + i);
    if (i == 0) print((unsigned char *)value + 8, 16);
    else if (i == 1) print(value, 4);
    else print(value, 2 * (length - 1));
  }
  ExitProcess(0);
}
