// Sums over some consecutive steps of a run.
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Reporting;

/// <summary>A point of the curve in the making. Sums, so that two neighbours make one.</summary>
internal sealed class CurveStretch
{
    private long _steps;
    private long _applied;
    private double _loss;
    private double _top1;
    private double _backbone;
    private double _head;
    private double _squared;
    private double _variance;
    private long _noisy;
    private double _trust;
    private long _trusted;

    /// <summary>Steps in it.</summary>
    public long Steps => _steps;

    /// <summary>The last one's plan.</summary>
    public StepPlan? Last { get; private set; }

    public double Loss => _loss / _applied;

    public double Top1 => _top1 / _steps;

    public double BackboneGradient => _backbone / _applied;

    public double HeadGradient => _head / _applied;

    public double NoiseScale => _noisy > 0 && _squared > 0 ? Math.Max(0, _variance) / _squared : double.NaN;

    public double TrustRatio => _trusted > 0 ? _trust / _trusted : double.NaN;

    public void Add(StepRecord step)
    {
        var outcome = step.Outcome;
        (Last, _steps, _top1) = (step.Plan, _steps + 1, _top1 + step.Top1);
        if (outcome.Applied)
        {
            (_applied, _loss) = (_applied + 1, _loss + outcome.Loss);
            (_backbone, _head) = (_backbone + (outcome.BackboneGradientNorm ?? 0), _head + (outcome.HeadGradientNorm ?? 0));
        }

        if (outcome.Noise is { } noise)
        {
            (_squared, _variance, _noisy) = (_squared + noise.SquaredGradient, _variance + noise.Variance, _noisy + 1);
        }

        if (outcome.Trust is { } trust)
        {
            (_trust, _trusted) = (_trust + trust.Median, _trusted + 1);
        }
    }

    /// <summary>Takes in the stretch that follows.</summary>
    public void Add(CurveStretch next)
    {
        Last = next.Last ?? Last;
        (_steps, _applied, _noisy, _trusted) = (_steps + next._steps, _applied + next._applied, _noisy + next._noisy, _trusted + next._trusted);
        (_loss, _top1, _backbone, _head) = (_loss + next._loss, _top1 + next._top1, _backbone + next._backbone, _head + next._head);
        (_squared, _variance, _trust) = (_squared + next._squared, _variance + next._variance, _trust + next._trust);
    }
}
