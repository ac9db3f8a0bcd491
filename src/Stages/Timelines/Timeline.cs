// Notes when the stages of this process work, and when messages from other nodes are under way, during some steps.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Timelines;

/// <summary>
/// A tap. A step ends on a node with the end of its last call there, so the windows of steps follow each other without gaps, whatever runs ahead. Everything between
/// the first window's begin and the last one's end is noted, of whichever step it is. All members are thread-safe.
/// </summary>
public sealed class Timeline : IFlowTap
{
    private readonly TimelineSettings _settings;
    private readonly TimeProvider _time;
    private readonly long _anchor;
    private readonly long _anchorStamp;
    private readonly long _first;
    private readonly long _last;
    private readonly int _lookahead;
    private readonly ConcurrentDictionary<StageAddress, long> _begun = new();
    private readonly Lock _gate = new();
    private readonly List<StageSpan> _calls = [];
    private readonly List<TransferSpan> _transfers = [];
    private volatile bool _begins;
    private volatile bool _over;

    /// <param name="settings">Which steps.</param>
    /// <param name="run">The run's first and last steps, and how far it plans ahead.</param>
    /// <param name="time">The clock; null: the system's.</param>
    public Timeline(TimelineSettings settings, RunPlan run, TimeProvider? time = null)
    {
        _settings = settings;
        _time = time ?? TimeProvider.System;
        _anchor = _time.GetUtcNow().UtcTicks;
        _anchorStamp = _time.GetTimestamp();
        _first = Math.Max(settings.FromStep - 1, run.FirstStep);
        _last = Math.Min(_first + settings.Steps, run.Updates) - 1;
        _lookahead = run.Lookahead;
        _begins = _first <= run.FirstStep;
    }

    /// <summary>UTC in ticks of 100 ns; goes on evenly whatever is done to the system's clock meanwhile.</summary>
    public long Now => _anchor + _time.GetElapsedTime(_anchorStamp).Ticks;

    /// <summary>Whether what happens now is noted.</summary>
    public bool IsNoting => _begins && !_over;

    public void Sent(StageAddress from, string outlet, int destination, Message message)
    {
    }

    public void Called(StageAddress stage, StageCall call, string? inlet, Message? message)
    {
        if (_over)
        {
            return;
        }

        if (message is not null)
        {
            // The end of the step before is the begin of the first. So far ahead of the last one nothing runs before that is over everywhere.
            _begins |= message.Step >= _first - 1;
            _over = message.Step > _last + _lookahead;
        }

        if (_begins)
        {
            _begun[stage] = Now;
        }
    }

    public void Returned(StageAddress stage, StageCall call, string? inlet, Message? message)
    {
        if (_begins && _begun.TryRemove(stage, out var begin))
        {
            var span = new StageSpan(stage, inlet ?? call.ToString().ToLowerInvariant(), message?.Step ?? -1, message?.MicroBatch ?? -1, begin, Now);
            lock (_gate)
            {
                _calls.Add(span);
            }
        }
    }

    /// <summary>A message from another node has arrived whole.</summary>
    internal void Arrived(TransferSpan transfer)
    {
        if (IsNoting)
        {
            lock (_gate)
            {
                _transfers.Add(transfer);
            }
        }
    }

    /// <summary>What was noted; null where no step of the timeline was made, or none was finished yet.</summary>
    public TimelineTotals? Totals()
    {
        lock (_gate)
        {
            var ends = Ends();
            if (ends.Length < 2)
            {
                return null;
            }

            var (begin, end) = (ends[0], ends[^1]);
            var compute = new TimeSet(_calls.Select(c => (c.Begin, c.End)), begin, end);
            var transfers = new TimeSet(_transfers.Select(t => (t.Begin, t.End)), begin, end);
            return new TimelineTotals(
                _first + 1,
                ends.Length - 1,
                Seconds(end - begin),
                Seconds(compute.Length),
                Seconds(transfers.Length),
                Seconds(transfers.LengthWithout(compute)),
                _transfers.Where(t => t.End > begin && t.End <= end).Sum(t => t.Bytes));
        }
    }

    /// <summary>Writes the trace of this process, if a timeline was begun.</summary>
    /// <param name="node">Its number; null: it is the only one.</param>
    public void Write(int? node)
    {
        lock (_gate)
        {
            TraceFile.Write(node is { } n ? _settings.FileOf(n) : _settings.File, node ?? 0, _first, Ends(), _calls, _transfers);
        }
    }

    // Where the windows of the steps end, after the begin of the first one.
    private long[] Ends()
    {
        if (_calls.Count == 0)
        {
            return [];
        }

        var last = _calls.Where(c => c.Step >= 0).GroupBy(c => c.Step).ToDictionary(g => g.Key, g => g.Max(c => c.End));
        var ends = new List<long> { last.TryGetValue(_first - 1, out var before) ? before : _calls.Min(c => c.Begin) };
        for (var step = _first; step <= _last && last.TryGetValue(step, out var end); step++)
        {
            ends.Add(Math.Max(ends[^1], end));
        }

        return [.. ends];
    }

    private static double Seconds(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;
}
