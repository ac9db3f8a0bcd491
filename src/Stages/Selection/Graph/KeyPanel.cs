// Keys laid out so that a vector register holds one element of many keys.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>
/// Groups of <see cref="Lanes"/> keys; a group is [D, Lanes], its last lanes zeros where keys are short. Filling replaces the content. Owns its memory. Not thread-safe while it is filled.
/// </summary>
internal sealed unsafe class KeyPanel : IDisposable
{
    public const int Lanes = 16;

    private readonly NativeBuffer<float> _data;
    private readonly NativeBuffer<int> _ids;
    private readonly int _width;

    /// <param name="capacity">Most keys it will hold.</param>
    /// <param name="width">D.</param>
    public KeyPanel(int capacity, int width)
    {
        Capacity = (capacity + ScoreTile.Keys - 1) / ScoreTile.Keys * ScoreTile.Keys;
        _width = width;
        _data = new NativeBuffer<float>((long)Capacity * width);
        _ids = new NativeBuffer<int>(Capacity);
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    /// <summary>Number of every key; int [Count].</summary>
    public int* Ids => _ids.Pointer;

    /// <summary>The group that starts at a key, a multiple of <see cref="Lanes"/>.</summary>
    public float* Group(int key) => _data.Pointer + ((long)key * _width);

    public static long BytesFor(int capacity, int width) => (capacity + (long)ScoreTile.Keys) * ((width * sizeof(float)) + sizeof(int));

    /// <summary>Takes in keys.</summary>
    /// <param name="ids">Their numbers, at most <see cref="Capacity"/>.</param>
    /// <param name="rows">float32 [ids, D].</param>
    public void Fill(ReadOnlySpan<int> ids, float* rows)
    {
        Begin(ids.Length);
        ids.CopyTo(new Span<int>(Ids, Count));
        for (var key = 0; key < Count; key++)
        {
            Put(key, rows + ((long)key * _width));
        }
    }

    /// <summary>Takes in keys from a row source.</summary>
    public void Fill(ReadOnlySpan<int> ids, IUnitRows source)
    {
        Begin(ids.Length);
        ids.CopyTo(new Span<int>(Ids, Count));
        var row = stackalloc float[_width * 8];
        for (var key = 0; key < Count; key += 8)
        {
            var count = Math.Min(8, Count - key);
            source.Gather(ids.Slice(key, count), row);
            for (var i = 0; i < count; i++)
            {
                Put(key + i, row + (i * _width));
            }
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _ids.Dispose();
    }

    private void Begin(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity);
        Count = count;
        var end = (count + ScoreTile.Keys - 1) / ScoreTile.Keys * ScoreTile.Keys;
        for (var group = count / Lanes * Lanes; group < end; group += Lanes)
        {
            new Span<float>(Group(group), Lanes * _width).Clear();
        }
    }

    private void Put(int key, float* row)
    {
        var lane = Group(key / Lanes * Lanes) + (key % Lanes);
        for (var d = 0; d < _width; d++)
        {
            lane[d * Lanes] = row[d];
        }
    }
}
