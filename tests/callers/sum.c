/* SPDX-License-Identifier: MIT */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static char big[1 << 20];

/* A sum over all ranks, and a megabyte from the first to the last. */
int main(int argc, char **argv)
{
	int rank, ranks, sum;
	struct rlimit files;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	if (rank == 0)
		MPI_Send(big, sizeof big, MPI_CHAR, ranks - 1, 0, MPI_COMM_WORLD);
	if (rank == ranks - 1)
		MPI_Recv(big, sizeof big, MPI_CHAR, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	getrlimit(RLIMIT_NOFILE, &files);
	printf("rank %d of %d, sum %d, files %d\n", rank, ranks, sum, (int)files.rlim_cur);
	fflush(stdout);
	MPI_Finalize();
	return argc > 1 ? atoi(argv[1]) : 0;
}
