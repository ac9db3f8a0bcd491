// Tells how far a build is, at most a few times a second.
using System.Diagnostics;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Counts the pieces of one phase after the other. Thread-safe within a phase.</summary>
/// <param name="progress">Who listens; may be null. Called on the threads that work.</param>
internal sealed class BuildClock(IProgress<GraphProgress>? progress)
{
    private const long Interval = 250;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private string _phase = "";
    private long _pieces = 1;
    private long _done;
    private long _next;

    public double Seconds => _clock.Elapsed.TotalSeconds;

    /// <summary>Begins a phase of so many pieces.</summary>
    public void Begin(string phase, long pieces)
    {
        _phase = phase;
        _pieces = Math.Max(pieces, 1);
        _done = 0;
        Tell(0);
    }

    /// <summary>Some pieces are done.</summary>
    public void Done(long pieces)
    {
        var done = Interlocked.Add(ref _done, pieces);
        var due = Interlocked.Read(ref _next);
        var now = _clock.ElapsedMilliseconds;
        if (done >= _pieces || (now >= due && Interlocked.CompareExchange(ref _next, now + Interval, due) == due))
        {
            Tell(Math.Min(1, done / (double)_pieces));
        }
    }

    private void Tell(double share) => progress?.Report(new GraphProgress(_phase, share, Seconds));
}
