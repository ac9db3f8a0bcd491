// The thread of one stage's actor.
using System.Collections.Concurrent;
using Akka.Dispatch;

namespace XClassFlow.Cluster.Hosting;

/// <summary>Runs what an actor's mailbox asks for on one thread, in order. Between two messages it looks for the next for a moment before it sleeps.</summary>
internal sealed class StageThread : ExecutorService
{
    private readonly ConcurrentQueue<IRunnable> _work = new();
    private readonly object _gate = new();
    private bool _asleep;
    private volatile bool _ended;

    public StageThread(string id)
        : base(id)
        => new Thread(Run) { Name = "xclassflow-stage", IsBackground = true }.Start();

    public override void Execute(IRunnable run)
    {
        if (_ended)
        {
            throw new RejectedExecutionException("the stage's thread has ended");
        }

        _work.Enqueue(run);
        Wake();
    }

    public override void Shutdown()
    {
        _ended = true;
        Wake();
    }

    private void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep))
        {
            lock (_gate)
            {
                _asleep = false;
                Monitor.Pulse(_gate);
            }
        }
    }

    private void Run()
    {
        var patience = new Patience();
        while (true)
        {
            if (_work.TryDequeue(out var run))
            {
                run.Run();
                patience = new Patience();
            }
            else if (_ended)
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
            // Whoever brings work from here on sees that the thread sleeps; what came before is seen here.
            _asleep = true;
            Interlocked.MemoryBarrier();
            while (_asleep && _work.IsEmpty && !_ended)
            {
                Monitor.Wait(_gate);
            }

            _asleep = false;
        }
    }
}
