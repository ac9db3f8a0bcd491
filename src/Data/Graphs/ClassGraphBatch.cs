// One record batch of a class graph.
namespace XClassFlow.Data.Graphs;

/// <summary>Valid as long as the file's mapping.</summary>
/// <param name="FirstRow">First class.</param>
/// <param name="Rows">Classes.</param>
/// <param name="Address">Of int32 [Rows, K].</param>
internal readonly unsafe record struct ClassGraphBatch(long FirstRow, long Rows, nint Address)
{
    public int* Ids => (int*)Address;
}
