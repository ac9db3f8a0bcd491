// The threads that share the work of one shard.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// Threads of its own, not the pool's (heartbeats run there), that stay between calls. Each runs libtorch on itself alone: pieces are whole chunks of rows, so products need no team of
/// their own, and no thread spins at the end of a product while another computes. Pieces are taken in order by whoever is free; what a piece writes must not depend on who that is.
/// </summary>
/// <remarks>One caller at a time. With one thread the caller does the work and no thread is made.</remarks>
internal sealed class ShardTeam : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _start = new(0);
    private readonly CountdownEvent _done = new(1);
    private Action<int, int> _work = (_, _) => { };
    private Exception? _failure;
    private int _next;
    private int _pieces;
    private volatile bool _ends;

    /// <param name="threads">At least 1; <see cref="get_num_threads"/> is what the host gave the shard.</param>
    public ShardTeam(int threads)
    {
        Threads = threads;
        _threads = [.. Enumerable.Range(0, threads - 1).Select(i => new Thread(() => Serve(i)) { Name = $"shard worker {i + 1}", IsBackground = true })];
        if (_threads.Length == 0)
        {
            return;
        }

        // libtorch's setting is the calling thread's and the default of threads that begin later: the workers set theirs, then the default is put back.
        var before = get_num_threads();
        _done.Reset(_threads.Length);
        foreach (var thread in _threads)
        {
            thread.Start();
        }

        _done.Wait();
        set_num_threads(before);
    }

    /// <summary>How many work at the same time, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Runs all pieces; work gets the piece and the worker, 0 to <see cref="Threads"/> - 1.</summary>
    /// <exception cref="Exception">The one that a piece threw first; pieces that had not begun are left out, the others have ended.</exception>
    public void Run(int pieces, Action<int, int> work)
    {
        (_work, _pieces, _next, _failure) = (work, pieces, 0, null);
        var helpers = Math.Min(_threads.Length, pieces - 1);
        if (helpers <= 0)
        {
            Work(0);
        }
        else
        {
            _done.Reset(helpers);
            _start.Release(helpers);
            var before = get_num_threads();
            set_num_threads(1);
            try
            {
                Work(0);
            }
            finally
            {
                set_num_threads(before);
            }

            _done.Wait();
        }

        _work = (_, _) => { };
        if (_failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Runs over [0, count) in blocks: first item, number of items, worker.</summary>
    public void RunBlocks(long count, int block, Action<long, int, int> work) =>
        Run((int)((count + block - 1) / block), (piece, worker) => work((long)piece * block, (int)Math.Min(block, count - ((long)piece * block)), worker));

    public void Dispose()
    {
        _ends = true;
        _start.Release(Math.Max(1, _threads.Length));
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _start.Dispose();
        _done.Dispose();
    }

    private void Serve(int index)
    {
        set_num_threads(1);
        _done.Signal();
        for (_start.Wait(); !_ends; _start.Wait())
        {
            Work(index + 1);
            _done.Signal();
        }
    }

    private void Work(int worker)
    {
        try
        {
            for (var piece = Interlocked.Increment(ref _next) - 1; piece < _pieces; piece = Interlocked.Increment(ref _next) - 1)
            {
                _work(piece, worker);
            }
        }
#pragma warning disable CA1031 // Nobody above this frame: the caller gets it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.Exchange(ref _next, _pieces);
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
