// What the dense optimizer would have done to a row in the steps in which it was not active, in closed form.
namespace XClassFlow.Stages.Head;

/// <summary>
/// A row that is not active has gradient 0, yet the dense optimizer moves it: v' = mu v + lambda w, w' = w - rate v'. That is linear in (w, v), so all missed
/// steps together are one <see cref="RowMotion"/>. Without it momentum stands still between visits, and a row visited every k steps
/// learns k times slower than the dense one (measured: 15 points of top-1 at 5 % active classes).
/// </summary>
/// <remarks>
/// Rows that were never visited are as old as the run, so what a step costs must not grow with the oldest age. Steps are grouped into blocks; every step keeps the motion
/// from it to the end of its block (32 bytes), and a row's motion is that one, then whole blocks: one product a row, and one a block for all rows of a step.
/// </remarks>
internal sealed class LazyMomentum
{
    /// <summary>In the place of a rate: the step was left out, and nothing moved.</summary>
    public const double LeftOut = double.NaN;

    private const int Block = 256;

    private readonly RowUpdate _update;
    private readonly List<double> _rates;

    // Of every step in a whole block: the motion of that step and of those after it in its block.
    private readonly List<RowMotion> _toBlockEnd = [];

    // For the step asked about last: motions from the start of every whole block, and from every step after the whole blocks, to the state before it.
    private readonly List<RowMotion> _fromBlock = [];
    private readonly RowMotion[] _fromTail = new RowMotion[Block];
    private long _preparedFor = -1;

    /// <param name="update">Momentum and decay.</param>
    /// <param name="rates">Learning rate of every step so far (of a resumed run: from its checkpoint).</param>
    public LazyMomentum(RowUpdate update, IEnumerable<double> rates)
    {
        _update = update;
        _rates = [.. rates];
        CloseBlocks();
    }

    /// <summary>Learning rates of the steps so far.</summary>
    public IReadOnlyList<double> Rates => _rates;

    /// <summary>Whether missed steps move a row at all.</summary>
    public bool Matters => _update.MovesIdleRows;

    /// <summary>Notes the rate of the step that was just made, or <see cref="LeftOut"/>.</summary>
    public void Applied(long step, double rate)
    {
        if (step != _rates.Count)
        {
            throw new InvalidOperationException($"step {step} applied after {_rates.Count} steps");
        }

        _rates.Add(rate);
        CloseBlocks();
    }

    /// <summary>
    /// The motion of a row last updated in a step (-1: never): w' = WW w + WV v and v' = VW w + VV v brings it to the state before the step prepared for. Thread-safe.
    /// </summary>
    public RowMotion MotionSince(int last, long step) => step == _preparedFor
        ? Motion(last + 1, step)
        : throw new InvalidOperationException($"prepared for step {_preparedFor}, not {step}");

    // The motion of steps first .. step - 1.
    private RowMotion Motion(int first, long step)
    {
        var block = first / Block;
        return first == step ? RowMotion.None
            : block == _fromBlock.Count - 1 ? _fromTail[first % Block]
            : _fromBlock[block + 1].After(_toBlockEnd[first]);
    }

    /// <summary>Makes the products that all rows of a step share, once.</summary>
    public void Prepare(long step)
    {
        if (step == _preparedFor)
        {
            return;
        }

        var blocks = (int)(step / Block);
        var motion = RowMotion.None;
        for (var s = (int)step - 1; s >= blocks * Block; s--)
        {
            motion = motion.After(RowMotion.OfStep(_update, _rates[s]));
            _fromTail[s % Block] = motion;
        }

        _fromBlock.Clear();
        _fromBlock.AddRange(Enumerable.Repeat(motion, blocks + 1));
        for (var b = blocks - 1; b >= 0; b--)
        {
            motion = motion.After(_toBlockEnd[b * Block]);
            _fromBlock[b] = motion;
        }

        _preparedFor = step;
    }

    private void CloseBlocks()
    {
        while (Matters && _toBlockEnd.Count + Block <= _rates.Count)
        {
            var start = _toBlockEnd.Count;
            _toBlockEnd.AddRange(Enumerable.Repeat(RowMotion.None, Block));
            var motion = RowMotion.None;
            for (var s = start + Block - 1; s >= start; s--)
            {
                motion = motion.After(RowMotion.OfStep(_update, _rates[s]));
                _toBlockEnd[s] = motion;
            }
        }
    }
}
