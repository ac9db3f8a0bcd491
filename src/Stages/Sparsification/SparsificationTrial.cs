// The rule of `auto`: measures steps of both kinds and goes on with the faster one.
namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// A round plans <see cref="Steps"/> steps with whole gradients, then as many with sparse ones. The medians of the slowest rank's times are compared, without the first <see cref="Settling"/> of
/// each kind in each round. When two rounds in a row have found the same kind faster by <see cref="Clear"/>, that is it; one round alone may have met with other work of the machine. Else the medians
/// of all of <see cref="Rounds"/> rounds decide. Sparse gradients must save at least <see cref="Gain"/>, because they cost accuracy; where nothing can be measured they stay. There is a trial <see cref="Before"/> steps after the start, when the ratio changes, and from time to time, so rarely that what
/// trials cost is at most <see cref="Share"/> of the run. Measured times come in with the ranks' reports, so a replayed run decides as the recorded one did.
/// </summary>
internal sealed class SparsificationTrial
{
    /// <summary>Steps before the first trial, with whole gradients: the first steps of a run compile and allocate, and do not overlap.</summary>
    public const int Before = 6;

    /// <summary>Steps of each kind in a round.</summary>
    public const int Steps = 8;

    /// <summary>Of these, the first ones, which do not count: they share links and buffers with steps of the other kind.</summary>
    public const int Settling = 2;

    /// <summary>Rounds of a trial, at most.</summary>
    public const int Rounds = 4;

    /// <summary>Share of a step's time by which the kinds must differ to be told apart in two rounds.</summary>
    public const double Clear = 0.15;

    /// <summary>Share of a step's time that sparse gradients must save.</summary>
    public const double Gain = 0.01;

    /// <summary>Steps between two trials, at least.</summary>
    public const int Every = 2000;

    /// <summary>Share of the run's time that the steps of the slower kind may cost.</summary>
    public const double Share = 0.005;

    private readonly List<double> _whole = [];
    private readonly List<double> _sparse = [];
    private double _ratio = double.NaN;
    private bool? _sparseWins;
    private int _number;
    private int _before;
    private int _round;
    private int _found;
    private (int Whole, int Sparse) _earlier;
    private int _planned;
    private int _unobserved;
    private long _left;

    /// <summary>Whether it is known what is faster.</summary>
    public bool IsDecided => _sparseWins is not null;

    /// <summary>Plans the next step.</summary>
    /// <param name="ratio">What sparse gradients would have.</param>
    public SparsificationTurn Next(double ratio)
    {
        if (_before < Before)
        {
            _before++;
            return new(Sparse: false);
        }

        if (ratio != _ratio || (_sparseWins is not null && _left-- <= 0))
        {
            (_ratio, _sparseWins, _round, _planned, _unobserved, _found, _earlier) = (ratio, null, 1, 0, 0, 0, default);
            _number++;
            _whole.Clear();
            _sparse.Clear();
        }

        // Until the last reports of a round are in, gradients stay sparse.
        if (_sparseWins is not null || _planned == 2 * Steps)
        {
            return new(_sparseWins ?? true);
        }

        _unobserved++;
        var (kind, step) = Math.DivRem(_planned++, Steps);
        return new(kind == 1, _number, step >= Settling);
    }

    /// <summary>Told about every step that it planned, in order.</summary>
    /// <param name="turn">The plan.</param>
    /// <param name="seconds">How long the step took; 0 where that is not known.</param>
    /// <returns>What this step has decided; null where it decides nothing.</returns>
    public SparsificationChoice? Observe(SparsificationTurn turn, double seconds)
    {
        // Those of a trial that a new ratio has ended mean nothing any more.
        if (turn.Trial == 0 || turn.Trial != _number)
        {
            return null;
        }

        _unobserved--;
        if (turn.Counts && seconds > 0)
        {
            (turn.Sparse ? _sparse : _whole).Add(seconds);
        }

        return _unobserved == 0 && _planned == 2 * Steps ? EndRound() : null;
    }

    private SparsificationChoice? EndRound()
    {
        var found = Find(Median(_whole.Skip(_earlier.Whole)), Median(_sparse.Skip(_earlier.Sparse)));
        if (_round < Rounds && (found == 0 || found != _found))
        {
            (_found, _earlier) = (found, (_whole.Count, _sparse.Count));
            _round++;
            _planned = 0;
            return null;
        }

        var (whole, sparse) = (Median(_whole), Median(_sparse));
        _sparseWins = !(sparse > (1 - Gain) * whole);
        var lost = _round * Steps * Math.Abs(sparse - whole) / Math.Min(sparse, whole);
        _left = double.IsFinite(lost) ? Math.Max(Every, (long)(lost / Share)) : Every;
        return new SparsificationChoice(_ratio, _sparseWins.Value, whole, sparse);
    }

    // 1: sparse steps are clearly faster, -1: whole ones are, 0: neither. What cannot be measured now will not be later.
    private static int Find(double whole, double sparse) =>
        double.IsNaN(whole) || double.IsNaN(sparse) || sparse < (1 - Clear) * whole ? 1 : whole < (1 - Clear) * sparse ? -1 : 0;

    private static double Median(IEnumerable<double> seconds)
    {
        double[] ordered = [.. seconds.Order()];
        return ordered.Length == 0 ? double.NaN : ordered[ordered.Length / 2];
    }
}
