// Some classes of every region, to measure regions by.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Selection;

/// <summary>Rows of sampled classes, region after region, and the regions' centres. Owns them. Reading is thread-safe.</summary>
internal sealed unsafe class RegionSample : IDisposable
{
    /// <summary>Sampled classes a region, on the average: for its centre.</summary>
    private const int ForCentres = 64;

    /// <summary>How many of them are compared with those of other regions.</summary>
    private const int ForPairs = 8;

    private readonly int _width;
    private readonly int[] _starts;
    private readonly NativeBuffer<float> _rows;
    private readonly NativeBuffer<float> _centres;

    private RegionSample(int width, int[] starts, NativeBuffer<float> rows)
    {
        (_width, _starts, _rows) = (width, starts, rows);
        _centres = new NativeBuffer<float>((long)(starts.Length - 1) * width);
        for (var r = 0; r < starts.Length - 1; r++)
        {
            WriteCentre(r);
        }
    }

    /// <summary>Draws it.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="region">Region of every class.</param>
    /// <param name="count">Regions.</param>
    /// <param name="seed">Of the sample.</param>
    public static RegionSample Draw(IUnitRows rows, byte* region, int count, ulong seed)
    {
        var sample = PartTree.Shuffled(rows.Count, (long)ForCentres * count, Seeds.Mix(seed, 1));
        var (starts, members) = Centres.Group(Array.ConvertAll(sample, c => (int)region[c]), count);
        var buffer = new NativeBuffer<float>((long)sample.Length * rows.Width);
        rows.Gather(Array.ConvertAll(members, m => sample[m]), buffer.Pointer);
        return new RegionSample(rows.Width, starts, buffer);
    }

    /// <summary>Of two regions' centres; 0 where a region has no class in the sample.</summary>
    public float CosineOfCentres(int a, int b) => Math.Clamp(RowKernels.Dot(_centres.Pointer + ((long)a * _width), _centres.Pointer + ((long)b * _width), _width), -1, 1);

    /// <summary>Adds exp(scale (cos - 1)) of pairs of a class of one region and another class of the other.</summary>
    /// <returns>How many pairs.</returns>
    public long AddExponentials(int a, int b, double scale, ref double sum)
    {
        var pairs = 0L;
        for (var i = _starts[a]; i < Math.Min(_starts[a] + ForPairs, _starts[a + 1]); i++)
        {
            for (var j = _starts[b]; j < Math.Min(_starts[b] + ForPairs, _starts[b + 1]); j++)
            {
                if (i != j)
                {
                    sum += Math.Exp(scale * (RowKernels.Dot(_rows.Pointer + ((long)i * _width), _rows.Pointer + ((long)j * _width), _width) - 1));
                    pairs++;
                }
            }
        }

        return pairs;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _centres.Dispose();
    }

    private void WriteCentre(int region)
    {
        var centre = _centres.Span((long)region * _width, _width);
        centre.Clear();
        for (var i = _starts[region]; i < _starts[region + 1]; i++)
        {
            for (var d = 0; d < _width; d++)
            {
                centre[d] += _rows.Pointer[((long)i * _width) + d];
            }
        }

        var length = MathF.Sqrt((float)RowKernels.SquareLength(_centres.Pointer + ((long)region * _width), _width));
        for (var d = 0; d < _width && length > 0; d++)
        {
            centre[d] /= length;
        }
    }
}
