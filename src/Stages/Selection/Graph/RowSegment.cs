// A contiguous range of class rows in memory.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>A shard's rows, or a part of a mapped file. Borrowed memory.</summary>
/// <param name="ClassStart">First class.</param>
/// <param name="Count">Classes.</param>
/// <param name="Address">First element of the first row; rows follow each other without gaps.</param>
internal readonly record struct RowSegment(long ClassStart, long Count, nint Address);
