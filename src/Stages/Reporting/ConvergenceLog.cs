// Gathers curve and decisions of a run in bounded memory.
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Reporting;

/// <summary>At most <see cref="MostPoints"/> stretches and as many decisions, whatever the length of the run: when there are more, neighbours become one. Not thread-safe.</summary>
public sealed class ConvergenceLog
{
    /// <summary>Points of the curve, and entries of the decisions, that a report holds at most.</summary>
    public const int MostPoints = 1_000;

    private const double Change = 0.1;

    private readonly List<CurveStretch> _stretches = [];
    private readonly List<DecisionReport> _decisions = [];
    private long _stride = 1;
    private double _change = Change;
    private long _leftOut;

    /// <summary>Why the policy ended the run early; null where it did not.</summary>
    public string? Ended { get; set; }

    /// <summary>Steps that were not applied.</summary>
    public long LeftOut => _leftOut;

    /// <summary>Takes a finished step in.</summary>
    public void Add(StepRecord step)
    {
        _leftOut += step.Outcome.Applied ? 0 : 1;
        if (_stretches.Count == 0 || _stretches[^1].Steps >= _stride)
        {
            Halve();
            _stretches.Add(new CurveStretch());
        }

        _stretches[^1].Add(step);
        var plan = step.Plan;
        if (_decisions.Count == 0 || IsNews(_decisions[^1], plan, step.Why))
        {
            _decisions.Add(new DecisionReport(plan.Step, plan.FirstSample, plan.BackboneRate, plan.HeadRate, plan.GlobalBatch, plan.MicroBatches, step.Why));
            Thin();
        }
    }

    /// <summary>For the report; null before the first step.</summary>
    public ConvergenceReport? ToReport()
    {
        if (_stretches.Count == 0)
        {
            return null;
        }

        T[] Column<T>(Func<CurveStretch, T> value) => [.. _stretches.Select(value)];
        var curve = new CurveReport(
            Column(s => s.Last!.Step + 1),
            Column(s => s.Last!.FirstSample + s.Last.GlobalBatch),
            Column(s => s.Loss),
            Column(s => s.Top1),
            Column(s => s.Last!.BackboneRate),
            Column(s => s.Last!.HeadRate),
            Column(s => s.Last!.GlobalBatch),
            Column(s => s.BackboneGradient),
            Column(s => s.HeadGradient),
            Column(s => s.NoiseScale),
            Column(s => s.TrustRatio));
        return new ConvergenceReport(Ended, _leftOut, [.. _decisions], curve, []);
    }

    private void Halve()
    {
        if (_stretches.Count < MostPoints)
        {
            return;
        }

        for (var i = 0; i < MostPoints / 2; i++)
        {
            _stretches[i].Add(_stretches[i + 1]);
            _stretches.RemoveAt(i + 1);
        }

        _stride *= 2;
    }

    // Every second entry goes, and from here on smaller changes are no news.
    private void Thin()
    {
        if (_decisions.Count <= MostPoints)
        {
            return;
        }

        var kept = _decisions.Where((_, i) => i % 2 == 0).ToArray();
        _decisions.Clear();
        _decisions.AddRange(kept);
        _change *= 2;
    }

    private bool IsNews(DecisionReport last, StepPlan plan, string why) =>
        last.Batch != plan.GlobalBatch || last.MicroBatches != plan.MicroBatches || last.Why != why || Moved(last.BackboneRate, plan.BackboneRate) || Moved(last.HeadRate, plan.HeadRate);

    private bool Moved(double from, double to) => Math.Abs(to - from) > _change * Math.Max(Math.Abs(from), 1e-12);
}
