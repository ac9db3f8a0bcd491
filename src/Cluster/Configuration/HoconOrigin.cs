// Where something stands in a document.
using System.Globalization;

namespace XClassFlow.Cluster.Configuration;

/// <summary>A document and a line of it.</summary>
/// <param name="Source">The file, or the <c>--set</c>.</param>
/// <param name="Line">From 1; 0 where lines mean nothing.</param>
internal readonly record struct HoconOrigin(string Source, int Line)
{
    public override string ToString() => Line == 0 ? Source : string.Create(CultureInfo.InvariantCulture, $"{Source}:{Line}");
}
