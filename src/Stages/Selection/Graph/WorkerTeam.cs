// Spreads numbered pieces of work over a few named threads.
using XClassFlow.Data;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Threads of its own, not the pool's: the cluster's heartbeats run there (PITFALLS A6). Pieces are taken in order, by whichever thread is free; what a piece writes must not
/// depend on which one that is.
/// </summary>
/// <param name="threads">At least 1; with 1 the caller's thread does the work, otherwise it waits.</param>
/// <param name="stop">Ends the work between two pieces.</param>
/// <param name="alive">Called after every piece, on the thread that did it; may be null.</param>
internal sealed class WorkerTeam(int threads, CancellationToken stop, Action? alive = null)
{
    public int Threads { get; } = threads;

    /// <summary>Runs all pieces.</summary>
    /// <param name="pieces">How many.</param>
    /// <param name="work">Piece and worker, 0 to <see cref="Threads"/> - 1: a worker runs one piece at a time, so scratch memory per worker is safe.</param>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public void Run(long pieces, Action<long, int> work)
    {
        var next = 0L;
        var failures = new List<Exception>();
        void Work(int worker)
        {
            try
            {
                for (var piece = Interlocked.Increment(ref next) - 1; piece < pieces && !stop.IsCancellationRequested; piece = Interlocked.Increment(ref next) - 1)
                {
                    MappedFiles.Check();
                    work(piece, worker);
                    alive?.Invoke();
                }
            }
#pragma warning disable CA1031 // Nobody above this frame: the caller gets it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.Exchange(ref next, pieces);
                lock (failures)
                {
                    failures.Add(e);
                }
            }
        }

        if (Threads == 1)
        {
            Work(0);
            Rethrow(failures);
            stop.ThrowIfCancellationRequested();
            return;
        }

        var team = new Thread[(int)Math.Min(Threads, pieces)];
        for (var worker = 0; worker < team.Length; worker++)
        {
            var number = worker;
            team[worker] = new Thread(() => Work(number)) { Name = $"class graph {number}", IsBackground = true };
            team[worker].Start();
        }

        foreach (var thread in team)
        {
            thread.Join();
        }

        Rethrow(failures);
        stop.ThrowIfCancellationRequested();
    }

    private static void Rethrow(List<Exception> failures)
    {
        if (failures.Count > 0)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures[0]);
        }
    }

    /// <summary>Runs over [0, count) in blocks.</summary>
    /// <param name="count">Items.</param>
    /// <param name="block">Items of a block; the last one may have fewer.</param>
    /// <param name="work">First item, number of items, worker.</param>
    public void RunBlocks(long count, int block, Action<long, int, int> work) =>
        Run((count + block - 1) / block, (piece, worker) => work(piece * block, (int)Math.Min(block, count - (piece * block)), worker));
}
