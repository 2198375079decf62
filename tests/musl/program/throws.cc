// An addon that throws and catches with the merged libstdc++ and libgcc_s, and has thread-local
// memory. It needs no headers, and so no particular compiler's library.

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
extern "C" int napi_create_int32(napi_env, int, napi_value *);

namespace {

struct Deep {
  int value;
  ~Deep() { value = 0; }
};

__thread int thrown = 0;

void fall(int depth) {
  Deep deep{depth};
  if (depth == 0) {
    ++thrown;
    throw 40;
  }
  fall(depth - 1);
  deep.value = depth;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(
    napi_env env, napi_value) {
  napi_value result = nullptr;
  try {
    fall(10);
  } catch (int number) {
    napi_create_int32(env, number + 2 * thrown, &result);
  }
  return result;
}
