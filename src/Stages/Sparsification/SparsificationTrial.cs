// The rule of `auto`: measures steps of both kinds and goes on with the faster one.
namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// A trial plans <see cref="Steps"/> steps with whole gradients, then as many with sparse ones, and compares the medians of the slowest rank's times, without the first
/// <see cref="Settling"/> of each kind; until those are known the plan stays sparse. Sparse gradients must save at least <see cref="Gain"/>, because they cost accuracy. There is a trial at the
/// start, when the ratio changes, and every <see cref="Every"/> steps. Measured times come in with the ranks' reports, so a replayed run decides as the recorded one did.
/// </summary>
public sealed class SparsificationTrial
{
    /// <summary>Steps of each kind.</summary>
    public const int Steps = 8;

    /// <summary>Steps of each kind that are not measured: they share links and buffers with steps of the other kind.</summary>
    public const int Settling = 2;

    /// <summary>Steps between the beginnings of two trials.</summary>
    public const int Every = 2000;

    /// <summary>Share of a step's time that must be saved.</summary>
    public const double Gain = 0.03;

    private readonly List<double> _whole = [];
    private readonly List<double> _sparse = [];
    private double _ratio = double.NaN;
    private long _planned;
    private long _unobserved;
    private long _outdated;
    private bool? _sparseWins;

    /// <summary>Whether it is known what is faster.</summary>
    public bool IsDecided => _sparseWins is not null;

    /// <summary>Whether the next step sends sparse gradients.</summary>
    /// <param name="ratio">With which ratio.</param>
    public bool UsesSparse(double ratio)
    {
        if (ratio != _ratio || _planned == Every)
        {
            _ratio = ratio;
            _planned = 0;
            _sparseWins = null;
            _outdated = _unobserved;
            _whole.Clear();
            _sparse.Clear();
        }

        _planned++;
        _unobserved++;
        return _planned > Steps && (_planned <= 2 * Steps || _sparseWins != false);
    }

    /// <summary>Told about every planned step, in order.</summary>
    public void Observe(GradientPath path, double seconds)
    {
        _unobserved--;
        if (_outdated > 0)
        {
            _outdated--;
            return;
        }

        if (seconds <= 0 || path == GradientPath.Flush || _sparseWins is not null)
        {
            return;
        }

        (path == GradientPath.Sparse ? _sparse : _whole).Add(seconds);
        if (_sparse.Count >= Steps)
        {
            _sparseWins = _whole.Count <= Settling || Median(_sparse) <= (1 - Gain) * Median(_whole);
        }
    }

    private static double Median(List<double> seconds) => seconds.Skip(Settling).Order().ElementAtOrDefault((seconds.Count - Settling) / 2);
}
