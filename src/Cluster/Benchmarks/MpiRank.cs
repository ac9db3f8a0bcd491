// One process of the peer measurement: OpenMPI's all-reduce, called through its C interface.
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Runs under mpirun; needs libmpi of OpenMPI (Debian: openmpi-bin).</summary>
public static unsafe partial class MpiRank
{
    private const string Library = "libmpi.so.40";

    /// <summary>Runs as one of mpirun's processes; rank 0 prints the result.</summary>
    public static void Run(IReadOnlyList<long> bytes, int rounds, TextWriter output)
    {
        if (Run(bytes, rounds) is { } medians)
        {
            output.WriteLine(AllReduceBenchmark.ResultPrefix + System.Text.Json.JsonSerializer.Serialize(medians));
        }
    }

    /// <summary>Median milliseconds of MPI_Allreduce (float, sum) on rank 0 for each size; null on the other ranks.</summary>
    internal static IReadOnlyList<double>? Run(IReadOnlyList<long> bytes, int rounds)
    {
        // OpenMPI's handles are the addresses of these symbols.
        var library = NativeLibrary.Load(Library);
        var world = NativeLibrary.GetExport(library, "ompi_mpi_comm_world");
        var real = NativeLibrary.GetExport(library, "ompi_mpi_float");
        var sum = NativeLibrary.GetExport(library, "ompi_mpi_op_sum");
        Check(Init(null, null));
        int rank;
        Check(Rank(world, &rank));
        var medians = new List<double>();
        foreach (var size in bytes)
        {
            medians.Add(Measure(size, rounds, world, real, sum));
        }

        Check(FinalizeMpi());
        return rank == 0 ? medians : null;
    }

    private static double Measure(long size, int rounds, nint world, nint real, nint sum)
    {
        var from = NativeMemory.AllocZeroed((nuint)size);
        var to = NativeMemory.AllocZeroed((nuint)size);
        try
        {
            new Span<float>(from, (int)(size / sizeof(float))).Fill(1);
            var times = new List<double>();
            var warmUp = AllReduceOptions.WarmUp(size);
            for (var round = 0; round < warmUp + rounds; round++)
            {
                Check(Barrier(world));
                var began = Stopwatch.GetTimestamp();
                Check(AllReduce(from, to, (int)(size / sizeof(float)), real, sum, world));
                if (round >= warmUp)
                {
                    times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
            }

            times.Sort();
            return times[times.Count / 2];
        }
        finally
        {
            NativeMemory.Free(from);
            NativeMemory.Free(to);
        }
    }

    private static void Check(int code)
    {
        if (code != 0)
        {
            throw new InvalidOperationException($"OpenMPI answered with error {code}");
        }
    }

    [LibraryImport(Library, EntryPoint = "MPI_Init")]
    private static partial int Init(void* count, void* arguments);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    private static partial int FinalizeMpi();

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    private static partial int Rank(nint communicator, int* rank);

    [LibraryImport(Library, EntryPoint = "MPI_Barrier")]
    private static partial int Barrier(nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Allreduce")]
    private static partial int AllReduce(void* from, void* to, int count, nint type, nint operation, nint communicator);
}
