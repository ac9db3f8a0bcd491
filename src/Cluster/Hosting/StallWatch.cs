// Notices that a graph stands still, so that a fault of wiring is an error and not a hang.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Hosting;

/// <summary>Compares the work done now and a while ago.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly Timer _timer;
    private readonly StageRunner[] _runners;
    private readonly TimeSpan _limit;
    private readonly Action<Exception> _stalled;
    private long _calls = -1;
    private long _since = Environment.TickCount64;

    public StallWatch(IEnumerable<StageRunner> runners, TimeSpan limit, Action<Exception> stalled)
    {
        _runners = [.. runners];
        _limit = limit;
        _stalled = stalled;
        var period = TimeSpan.FromMilliseconds(Math.Clamp(limit.TotalMilliseconds / 4, 50, 5000));
        _timer = new Timer(_ => Look(), null, period, period);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var calls = _runners.Sum(r => r.Calls);
        var now = Environment.TickCount64;
        if (calls != _calls)
        {
            (_calls, _since) = (calls, now);
        }
        else if (now - _since > _limit.TotalMilliseconds)
        {
            _stalled(new FlowStalledException($"nothing happened for {_limit.TotalSeconds:0.#} s", _runners));
        }
    }
}
