// A class graph as a flat table.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>K class numbers for each of a range of classes, nearest first, the class itself in front: 4 K bytes a class. Owns its memory unless it borrows it.</summary>
internal sealed unsafe class NeighbourTable : IDisposable
{
    private readonly NativeBuffer<int>? _memory;

    /// <param name="classStart">First class of the range.</param>
    /// <param name="classes">Classes in the range.</param>
    /// <param name="k">K.</param>
    public NeighbourTable(long classStart, long classes, int k)
    {
        (ClassStart, Classes, K) = (classStart, classes, k);
        var ids = new NativeBuffer<int>(classes * k);
        _memory = ids;
        Ids = ids.Pointer;
    }

    /// <summary>A table over memory that is borrowed.</summary>
    /// <param name="classStart">First class of the range.</param>
    /// <param name="classes">Classes in the range.</param>
    /// <param name="k">K.</param>
    /// <param name="address">int [classes, K].</param>
    public NeighbourTable(long classStart, long classes, int k, nint address)
    {
        (ClassStart, Classes, K) = (classStart, classes, k);
        Ids = (int*)address;
    }

    public long ClassStart { get; }

    public long Classes { get; }

    public int K { get; }

    /// <summary>int [Classes, K].</summary>
    public int* Ids { get; }

    /// <summary>The list of a class of the range.</summary>
    public Span<int> Of(long @class) => new(Ids + ((@class - ClassStart) * K), K);

    public void Dispose() => _memory?.Dispose();
}
