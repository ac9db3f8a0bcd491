// Wakes a loop that waits without a thread, and without allocating.
using System.Threading.Tasks.Sources;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>An automatic reset event for one waiter; signals that come while nobody waits count once.</summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>Lets the loop go on.</summary>
    /// <param name="here">Whether on the caller's thread, until it waits again: quicker where there is little to do. Otherwise, the caller is not held up.</param>
    public void Set(bool here = false)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == Signalled)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _state, state == Waiting ? Idle : Signalled, state) == state)
            {
                if (state == Waiting)
                {
                    _core.RunContinuationsAsynchronously = !here;
                    _core.SetResult(true);
                }

                return;
            }
        }
    }

    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signalled) == Signalled)
        {
            return ValueTask.CompletedTask;
        }

        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new ValueTask(this, _core.Version);
        }

        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);
}
