// Decides step by step how gradients travel: the warm-up of the ratio, and the trials of `auto`.
using System.Text.Json;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// The supervisor's part. Epoch e has the e-th ratio of the warm-up, later ones the final ratio; a ratio of 1 is whole gradients. Where sparse steps end, one step flushes what waits.
/// With <c>auto</c>, <see cref="SparsificationTrial"/> may keep gradients whole. A pure function of the settings and what it was told.
/// </summary>
public sealed class SparsificationPlan
{
    private readonly SparsifierSettings _settings;
    private readonly long _epochSamples;
    private readonly SparsificationTrial? _trial;
    private readonly Queue<SparsificationTurn> _open = [];
    private bool _waiting;

    /// <param name="settings">Settings.</param>
    /// <param name="epochSamples">Training samples of an epoch.</param>
    /// <param name="state">What <see cref="SaveState"/> gave; empty for a new run.</param>
    public SparsificationPlan(SparsifierSettings settings, long epochSamples, string state = "")
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _epochSamples = Math.Max(1, epochSamples);
        _trial = settings is { IsOn: true, Auto: true } ? new SparsificationTrial() : null;
        if (state.Length > 0)
        {
            _waiting = JsonSerializer.Deserialize<State>(state)!.Waiting;
        }
    }

    /// <summary>Whether the step that was planned last belongs to a trial of <c>auto</c>.</summary>
    public bool IsOnTrial { get; private set; }

    /// <summary>Decides for the next step.</summary>
    /// <param name="sample">Position of its first sample, over all epochs.</param>
    public (GradientPath Path, double Ratio) Next(long sample)
    {
        var ratio = RatioAt(sample);
        var turn = ratio >= 1 ? default : _trial?.Next(ratio) ?? new SparsificationTurn(Sparse: true);
        IsOnTrial = ratio < 1 && _trial?.IsDecided == false;
        if (_trial is not null)
        {
            _open.Enqueue(turn);
        }

        if (turn.Sparse)
        {
            _waiting = true;
            return (GradientPath.Sparse, ratio);
        }

        var path = _waiting ? GradientPath.Flush : GradientPath.Whole;
        _waiting = false;
        return (path, 1);
    }

    /// <summary>Told about every step in order, some steps later.</summary>
    /// <param name="path">How its gradients travelled.</param>
    /// <param name="seconds">How long it took; 0 where that is not known.</param>
    /// <param name="applied">Whether it was applied. What a flush was to send has not gone where it was not: the next step that is planned whole flushes.</param>
    /// <returns>What this step has decided; null where it decides nothing.</returns>
    public SparsificationChoice? Observe(GradientPath path, double seconds, bool applied = true)
    {
        _waiting |= path == GradientPath.Flush && !applied;
        return _trial?.Observe(_open.Dequeue(), path == GradientPath.Flush ? 0 : seconds);
    }

    /// <summary>State for a checkpoint: whether something waits. Trials begin anew after a resume, perhaps on other machines.</summary>
    public string SaveState() => JsonSerializer.Serialize(new State(_waiting));

    private double RatioAt(long sample)
    {
        if (!_settings.IsOn)
        {
            return 1;
        }

        var epoch = sample / _epochSamples;
        return epoch < _settings.WarmUp.Count ? _settings.WarmUp[(int)epoch] : _settings.Ratio;
    }

    private sealed record State(bool Waiting);
}
