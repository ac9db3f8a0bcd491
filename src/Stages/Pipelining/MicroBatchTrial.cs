// The rule of `micro-batches = 0`: tries numbers of micro-batches in turn and goes on with the fastest.
namespace XClassFlow.Stages.Pipelining;

/// <summary>
/// After <see cref="Before"/> steps with one micro-batch every candidate has a block of steps, from few parts to many; then those that were within <see cref="Near"/> of the fastest have
/// another one, the other way round, so that a machine that gets slower or faster meanwhile favours none. The medians of the slowest rank's times decide, without the first
/// <see cref="Settling"/> steps of each block. A larger number must save at least <see cref="Gain"/>. A pure function of what it was told: times come in with the ranks' reports, so
/// a replayed run decides as the recorded one did.
/// </summary>
internal sealed class MicroBatchTrial
{
    /// <summary>Steps before the first block: the first steps of a run compile and allocate.</summary>
    public const int Before = 6;

    /// <summary>Steps of a block.</summary>
    public const int Steps = 8;

    /// <summary>Of these, the first ones, which do not count.</summary>
    public const int Settling = 2;

    /// <summary>Share of the fastest time by which a candidate may be slower and still has a second block.</summary>
    public const double Near = 0.25;

    /// <summary>Share of a step's time that more micro-batches must save.</summary>
    public const double Gain = 0.02;

    private readonly int[] _candidates;
    private readonly List<double>[] _seconds;
    private int[] _round;
    private bool _again;
    private int _before;
    private int _planned;
    private int _unobserved;

    /// <param name="candidates">Numbers to try, ascending.</param>
    public MicroBatchTrial(IReadOnlyList<int> candidates)
    {
        _candidates = [.. candidates];
        _seconds = [.. candidates.Select(_ => new List<double>())];
        _round = [.. Enumerable.Range(0, _candidates.Length)];
        Choice = _candidates is [var only] ? only : null;
    }

    /// <summary>What was decided; null while it is not known.</summary>
    public int? Choice { get; private set; }

    /// <summary>Median time of a step with each candidate; NaN where it was not measured.</summary>
    public IReadOnlyList<double> Medians => [.. _seconds.Select(Median)];

    /// <summary>Plans the next step.</summary>
    public MicroBatchTurn Next()
    {
        if (Choice is { } choice)
        {
            return new(choice, Tries: false, Counts: false);
        }

        if (_before < Before)
        {
            _before++;
            return new(_candidates[0], Tries: false, Counts: false);
        }

        // Until the last reports are in, it goes on with what is fastest so far.
        if (_planned == _round.Length * Steps)
        {
            return new(_candidates[Fastest()], Tries: false, Counts: false);
        }

        _unobserved++;
        var (block, step) = Math.DivRem(_planned++, Steps);
        return new(_candidates[_round[block]], Tries: true, step >= Settling);
    }

    /// <summary>Told about every step that it planned, in order.</summary>
    /// <param name="turn">The plan.</param>
    /// <param name="seconds">How long the step took; 0 where that is not known.</param>
    /// <returns>Whether this step has decided it.</returns>
    public bool Observe(MicroBatchTurn turn, double seconds)
    {
        if (!turn.Tries)
        {
            return false;
        }

        _unobserved--;
        if (turn.Counts && seconds > 0)
        {
            _seconds[Array.IndexOf(_candidates, turn.Count)].Add(seconds);
        }

        return _unobserved == 0 && _planned == _round.Length * Steps && EndRound();
    }

    private bool EndRound()
    {
        var bound = (1 + Near) * Median(_seconds[Fastest()]);
        int[] near = [.. Enumerable.Range(0, _candidates.Length).Where(c => Median(_seconds[c]) <= bound).Reverse()];
        if (_again || near.Length < 2)
        {
            // Comparisons with NaN are false: what was not measured is not chosen, and where nothing was the first candidate stays.
            bound = Median(_seconds[Fastest()]) / (1 - Gain);
            Choice = _candidates[Math.Max(0, Array.FindIndex(_seconds, s => Median(s) <= bound))];
            return true;
        }

        (_again, _round, _planned) = (true, near, 0);
        return false;
    }

    private int Fastest() => Enumerable.Range(0, _candidates.Length).MinBy(c => Median(_seconds[c]) is var median && double.IsNaN(median) ? double.PositiveInfinity : median);

    private static double Median(List<double> seconds) => seconds.Count == 0 ? double.NaN : seconds.Order().ElementAt(seconds.Count / 2);
}
