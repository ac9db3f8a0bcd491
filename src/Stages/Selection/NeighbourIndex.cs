// A shard's part of the class graph: for every class, those of its neighbours that this shard owns.
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Selection;

/// <summary>The parts that the builders sent, as they came: nothing is joined or copied. N K / S entries on average. Owns the parts.</summary>
internal sealed class NeighbourIndex : IDisposable
{
    /// <param name="parts">In class order, without gaps, from class 0; taken over.</param>
    /// <exception cref="ArgumentException">They leave out classes, or have different K.</exception>
    public NeighbourIndex(IReadOnlyList<NeighbourPart> parts)
    {
        Parts = parts;
        foreach (var part in parts)
        {
            if (part.ClassStart != Classes || part.K != K)
            {
                throw new ArgumentException($"neighbours of the classes from {part.ClassStart} on with K = {part.K} do not continue those of {Classes} classes with K = {K}");
            }

            Classes += part.Classes;
        }
    }

    public IReadOnlyList<NeighbourPart> Parts { get; }

    public int K => Parts[0].K;

    /// <summary>N.</summary>
    public long Classes { get; }

    /// <summary>Takes over what the builders sent.</summary>
    public static NeighbourIndex Of(IEnumerable<NeighbourLists> lists) => new([.. lists.Select(l => new NeighbourPart(l.ClassStart, l.Neighbours, l.Rows, l.Masks))]);

    /// <inheritdoc cref="NeighbourPart.Read"/>
    public int Read(long @class, Span<int> rows, Span<int> ranks)
    {
        var part = 0;
        while (part < Parts.Count - 1 && @class >= Parts[part + 1].ClassStart)
        {
            part++;
        }

        return Parts[part].Read(@class, rows, ranks);
    }

    public void Dispose()
    {
        foreach (var part in Parts)
        {
            part.Dispose();
        }
    }
}
