// Rows that a class graph is built over.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>N rows of unit length (or of zeros) and width D, wherever and however they are stored. Reading is thread-safe.</summary>
internal unsafe interface IUnitRows
{
    /// <summary>N.</summary>
    long Count { get; }

    /// <summary>D.</summary>
    int Width { get; }

    /// <summary>Copies rows.</summary>
    /// <param name="rows">Their numbers, any order.</param>
    /// <param name="destination">float32 [rows, D].</param>
    void Gather(ReadOnlySpan<int> rows, float* destination);

    /// <summary>Inner products of a query with rows.</summary>
    /// <param name="query">float32 [D].</param>
    /// <param name="rows">Numbers of the rows.</param>
    /// <param name="scores">float32 [rows]; written.</param>
    void Dots(float* query, ReadOnlySpan<int> rows, float* scores);
}
