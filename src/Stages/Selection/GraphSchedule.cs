// Decides step by step which class graph is used and when the next one is built.
using System.Text.Json;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// The supervisor's part. A graph is built when its turn comes (rebuild-every), and when an audit found less recall than rebuild-below: an audit of step a takes effect after step a + 1 + lookahead, however soon its
/// result comes, and only if the graph that it looked at is still in use.
/// Where building overlaps training, a graph is used from rebuild-delay updates after its rows on; while one waits, no other is built. A pure function of the settings and what it was told.
/// </summary>
public sealed class GraphSchedule
{
    private readonly ActiveClassesSettings _settings;
    private readonly int _lookahead;
    private readonly Queue<LowAudit> _low;
    private long? _graphStep;
    private long? _pending;

    /// <param name="settings">Which classes take part.</param>
    /// <param name="lookahead">Steps planned ahead of the reports.</param>
    /// <param name="graphStep">The step before which the graph of the first step was built; null where it has none.</param>
    /// <param name="state">What <see cref="SaveState"/> gave; empty for a new run.</param>
    /// <param name="pending">The step of a graph that is not used yet; null where there is none.</param>
    public GraphSchedule(ActiveClassesSettings settings, int lookahead, long? graphStep, string state = "", long? pending = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_settings, _lookahead, _graphStep, _pending) = (settings, lookahead, graphStep, pending);
        _low = new Queue<LowAudit>(state.Length == 0 || !ActsOnAudits ? [] : JsonSerializer.Deserialize<LowAudit[]>(state)!);
    }

    /// <summary>The step before which the graph of the step after the last one decided was built.</summary>
    public long? NextGraphStep => _graphStep;

    /// <summary>The step of the graph that waits to be used then, built or not; null where there is none.</summary>
    public long? PendingGraphStep => _pending;

    /// <summary>Whether a step must not be planned yet, because an audit that may count for it is open.</summary>
    /// <param name="step">The step.</param>
    /// <param name="openAudit">The first audited step without a result; null where there is none.</param>
    public bool MustWait(long step, long? openAudit) => ActsOnAudits && openAudit <= LastAuditFor(step);

    /// <summary>Decides for the next step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="renews">Whether a graph of the rows after it would serve anybody.</param>
    /// <returns>The step before which the graph that it uses was built, and whether one is built after it.</returns>
    public (long? GraphStep, GraphRenewal Renewal) Next(long step, bool renews = true)
    {
        var used = _graphStep;
        var renewal = _pending is null && _settings.GraphOf(step + 1) == step + 1 ? GraphRenewal.Due : GraphRenewal.None;
        while (_low.TryPeek(out var audit) && audit.Step <= LastAuditFor(step))
        {
            _low.Dequeue();
            renewal = renewal == GraphRenewal.None && _pending is null && audit.GraphStep == used ? GraphRenewal.LowRecall : renewal;
        }

        renewal = renews ? renewal : GraphRenewal.None;
        _pending = renewal == GraphRenewal.None ? _pending : step + 1;
        if (_pending + _settings.GraphDelay <= step + 1)
        {
            (_graphStep, _pending) = (_pending, null);
        }

        return (used, renewal);
    }

    /// <summary>Told about every audit, in the order of steps.</summary>
    /// <param name="step">The audited step.</param>
    /// <param name="graphStep">The step before which the graph that it used was built.</param>
    /// <param name="recall">Of that graph; null where there is none.</param>
    public void Observe(long step, long? graphStep, double? recall)
    {
        if (ActsOnAudits && graphStep is { } graph && recall < _settings.RebuildBelow)
        {
            _low.Enqueue(new LowAudit(step, graph));
        }
    }

    /// <summary>State for a checkpoint: audits that have not taken effect.</summary>
    public string SaveState() => JsonSerializer.Serialize(_low);

    private bool ActsOnAudits => _settings.UsesGraph && _settings.RebuildBelow > 0;

    private long LastAuditFor(long step) => step - 1 - _lookahead;

    private sealed record LowAudit(long Step, long GraphStep);
}
