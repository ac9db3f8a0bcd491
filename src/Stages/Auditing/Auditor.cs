// Joins the shards' parts of an audit, and alarms.
using System.Globalization;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Auditing;

/// <summary>One result per audited step, for the supervisor and as a line for the person who watches. Training depends on it where <c>rebuild-below</c> is set: then a low recall has the class graph built anew.</summary>
public sealed class Auditor : Stage
{
    private readonly AuditSettings _settings;
    private readonly double _smoothing;
    private readonly int _neighbours;
    private readonly Outlet<AuditResult> _results;

    /// <param name="settings">When to alarm.</param>
    /// <param name="smoothing">Label smoothing of the loss.</param>
    /// <param name="neighbours">K of the class graph.</param>
    public Auditor(AuditSettings settings, double smoothing, int neighbours)
    {
        _settings = settings;
        _smoothing = smoothing;
        _neighbours = neighbours;
        Gather<AuditPart>("parts", OnParts);
        _results = Out<AuditResult>("results");
    }

    private void OnParts(IReadOnlyList<AuditPart> parts)
    {
        var first = parts[0];
        var statistics = parts.Select(p => tensor(p.Statistics, [p.Statistics.Length / p.Samples, p.Samples]));
        var exact = SoftmaxReduction.Of([.. statistics]).LossSum(_smoothing) / first.Samples;
        var drift = parts.Aggregate(RowDrift.None, (sum, p) => sum.And(p.Drift));
        var result = new AuditResult(
            first.Step,
            0,
            first.Samples,
            exact,
            first.ActiveLoss,
            first.GraphStep,
            AuditedRecall.Of(parts, _neighbours),
            drift.Rows == 0 ? null : drift.Sum / drift.Rows,
            drift.Rows == 0 ? null : drift.Largest,
            Alarm: null);
        result = result with { Alarm = AlarmOf(result) };
        Context.Note(Line(result));
        _results.Send(result);
    }

    private string? AlarmOf(AuditResult result)
    {
        var gap = Math.Abs(result.ExactLoss - result.ActiveLoss);
        string[] alarms =
        [
            .. _settings.LossGap > 0 && !(gap <= _settings.LossGap) ? [Format($"loss gap {gap:F4} is above {_settings.LossGap}")] : Array.Empty<string>(),
            .. result.Recall < _settings.Recall ? [Format($"recall {result.Recall:F4} is below {_settings.Recall}")] : Array.Empty<string>(),
        ];
        return alarms.Length == 0 ? null : string.Join("; ", alarms);
    }

    private static string Line(AuditResult result)
    {
        var line = Format($"audit of update {result.Step + 1}: exact loss {result.ExactLoss:F4}, active {result.ActiveLoss:F4} ({result.Samples} samples)");
        line += result.Recall is { } recall ? Format($"; graph of step {result.GraphStep}: recall {recall:F4}") : "";
        line += result.DriftMean is { } mean ? Format($", drift {mean:G3} mean, {result.DriftLargest:G3} most") : "";
        return result.Alarm is { } alarm ? $"{line}; ALARM: {alarm}" : line;
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
