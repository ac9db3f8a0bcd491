// Decides step by step into how many micro-batches a batch is cut.
using System.Text.Json;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Pipelining;

/// <summary>
/// The supervisor's part of <c>schedule.micro-batches = 0</c>. One <see cref="MicroBatchTrial"/> for each way of the backbone's gradients, because how much of them hides depends on it.
/// While gradients are themselves on trial, or flushed, nothing is measured. A pure function of what it was told.
/// </summary>
public sealed class MicroBatchPlan
{
    private readonly MicroBatchCandidates? _candidates;
    private readonly Dictionary<GradientPath, MicroBatchTrial> _trials = [];
    private readonly Dictionary<GradientPath, int> _known = [];
    private readonly Queue<(GradientPath Path, MicroBatchTurn Turn)> _open = [];

    /// <param name="candidates">What may be chosen; null: the number is fixed, and a batch is cut no further.</param>
    /// <param name="state">What <see cref="SaveState"/> gave; empty for a new run. What was chosen for another batch or another number of ranks does not hold.</param>
    public MicroBatchPlan(MicroBatchCandidates? candidates, string state = "")
    {
        _candidates = candidates;
        if (candidates is not null && state.Length > 0 && JsonSerializer.Deserialize<State>(state)! is var saved && saved.Batch == candidates.Batch && saved.Ranks == candidates.Ranks)
        {
            _known = saved.Counts.Where(c => candidates.Counts.Contains(c.Value)).ToDictionary(c => c.Key, c => c.Value);
        }
    }

    /// <summary>Decides for the next step.</summary>
    /// <param name="path">How its backbone gradients travel.</param>
    /// <param name="measures">Whether its time may count: nothing else is on trial.</param>
    /// <returns>Parts that each configured batch in the step is cut into.</returns>
    public int Next(GradientPath path, bool measures)
    {
        if (_candidates is null)
        {
            return 1;
        }

        var way = path == GradientPath.Sparse ? path : GradientPath.Whole;
        var turn = _known.TryGetValue(way, out var known) || !measures || path == GradientPath.Flush ? new MicroBatchTurn(Math.Max(1, known), false, false) : TrialOf(way).Next();
        _open.Enqueue((way, turn));
        return turn.Count;
    }

    /// <summary>Told about every step in order, some steps later.</summary>
    /// <param name="seconds">How long it took; 0 where that is not known.</param>
    /// <param name="samples">Its samples: policies may give a step several batches.</param>
    /// <returns>What this step has decided; null where it decides nothing.</returns>
    public MicroBatchChoice? Observe(double seconds, int samples)
    {
        if (_candidates is null)
        {
            return null;
        }

        var (way, turn) = _open.Dequeue();
        if (!turn.Tries || !_trials[way].Observe(turn, seconds * _candidates.Batch / samples))
        {
            return null;
        }

        var trial = _trials[way];
        _known[way] = trial.Choice!.Value;
        return new MicroBatchChoice(way, _known[way], _candidates.Counts, trial.Medians);
    }

    /// <summary>State for a checkpoint: what was chosen. A trial that is under way begins anew after a resume.</summary>
    public string SaveState() => _candidates is null ? "" : JsonSerializer.Serialize(new State(_candidates.Batch, _candidates.Ranks, _known));

    private MicroBatchTrial TrialOf(GradientPath way)
    {
        if (!_trials.TryGetValue(way, out var trial))
        {
            _trials[way] = trial = new MicroBatchTrial(_candidates!.Counts);
        }

        return trial;
    }

    private sealed record State(int Batch, int Ranks, Dictionary<GradientPath, int> Counts);
}
