// A class graph as a flat table.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>K class numbers for each of a range of classes, nearest first, the class itself in front. Owns its memory: 4 K bytes a class.</summary>
internal sealed unsafe class NeighbourTable : IDisposable
{
    private readonly NativeBuffer<int> _ids;

    /// <param name="classStart">First class of the range.</param>
    /// <param name="classes">Classes in the range.</param>
    /// <param name="k">K.</param>
    public NeighbourTable(long classStart, long classes, int k)
    {
        ClassStart = classStart;
        Classes = classes;
        K = k;
        _ids = new NativeBuffer<int>(classes * k);
    }

    public long ClassStart { get; }

    public long Classes { get; }

    public int K { get; }

    /// <summary>int [Classes, K].</summary>
    public int* Ids => _ids.Pointer;

    /// <summary>The list of a class of the range.</summary>
    public Span<int> Of(long @class) => new(Ids + ((@class - ClassStart) * K), K);

    public void Dispose() => _ids.Dispose();
}
