// The thread of one stage's actor.
using System.Collections.Concurrent;
using Akka.Dispatch;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Runs what an actor's mailbox asks for on one thread, in order. Between two messages it looks for the next for a moment before it sleeps. What a brief stage is asked for by a thread that
/// received it may run on that thread instead, if no other is at it: then this one need not be woken.
/// </summary>
internal sealed class StageThread : ExecutorService
{
    /// <summary>What another thread does at most before it goes back to its own work.</summary>
    private const int MostHere = 16;

    private readonly bool _brief;
    private readonly ConcurrentQueue<IRunnable> _work = new();
    private readonly object _gate = new();
    private int _running;
    private bool _asleep;
    private volatile bool _ended;

    /// <param name="id">Name of the executor.</param>
    /// <param name="brief">Whether the stage is.</param>
    public StageThread(string id, bool brief)
        : base(id)
    {
        _brief = brief;
        new Thread(Run) { Name = "xclassflow-stage", IsBackground = true }.Start();
    }

    public override void Execute(IRunnable run)
    {
        if (_ended)
        {
            throw new RejectedExecutionException("the stage's thread has ended");
        }

        _work.Enqueue(run);
        if (!_brief || !ArrivalThread.Offer(this))
        {
            Wake();
        }
    }

    public override void Shutdown()
    {
        _ended = true;
        Wake(always: true);
    }

    /// <summary>Runs what waits on the calling thread; what is left, or if another thread is at it, that one or the stage's own sees to.</summary>
    public void RunHere()
    {
        RunSome(MostHere);
        if (!_work.IsEmpty)
        {
            Wake();
        }
    }

    // Whoever is at it looks again when he has said that he is not any more: so he need not be woken, and nothing is left behind.
    private void Wake(bool always = false)
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) && (always || Volatile.Read(ref _running) == 0))
        {
            lock (_gate)
            {
                _asleep = false;
                Monitor.Pulse(_gate);
            }
        }
    }

    private bool RunSome(int most)
    {
        var any = false;
        while (most > 0 && !_work.IsEmpty && Interlocked.CompareExchange(ref _running, 1, 0) == 0)
        {
            for (; most > 0 && _work.TryDequeue(out var run); most--)
            {
                run.Run();
                any = true;
            }

            Volatile.Write(ref _running, 0);
            Interlocked.MemoryBarrier();
        }

        return any;
    }

    private void Run()
    {
        var patience = new Patience();
        while (true)
        {
            if (RunSome(int.MaxValue))
            {
                patience = new Patience();
            }
            else if (_ended && _work.IsEmpty)
            {
                return;
            }
            else if (!patience.Spin())
            {
                Sleep();
                patience = new Patience();
            }
        }
    }

    private void Sleep()
    {
        lock (_gate)
        {
            // Whoever brings work, or leaves some, from here on sees that the thread sleeps; what came before is seen here.
            _asleep = true;
            Interlocked.MemoryBarrier();
            while (_asleep && (_work.IsEmpty || Volatile.Read(ref _running) == 1) && !_ended)
            {
                Monitor.Wait(_gate);
            }

            _asleep = false;
        }
    }
}
