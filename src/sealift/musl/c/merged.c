#include "merged.h"

const struct merged __merged __attribute__((aligned(64))) = {
	.magic = { 'L','S','T','A','T','I','C','-','E','M','B','E','D', 1, 2, 3 },
};
