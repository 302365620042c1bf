/* SPDX-License-Identifier: MIT */
/*
 * tree - removes a folder with all that is in it, whoever filled it (I32)
 *
 * By descriptor, from one folder to the next: no link is followed and no mount
 * entered, however fast somebody swaps names meanwhile.  Neither memory nor
 * descriptors grow with the depth or the number of files.
 */
#ifndef CORDON_TREE_H
#define CORDON_TREE_H 1

/* The folder `name` below the open folder `above`: 0, also when it is not
 * there, or a negative errno and some of it is left. */
int tree_remove(int above, const char *name);

#endif /* CORDON_TREE_H */
