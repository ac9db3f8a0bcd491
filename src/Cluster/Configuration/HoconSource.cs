// A document to read, and what its mistakes are reported against.
namespace XClassFlow.Cluster.Configuration;

/// <summary>A HOCON text.</summary>
/// <param name="Name">What messages call it: the file as the user named it, or the <c>--set</c>.</param>
/// <param name="Text">The content.</param>
/// <param name="Directory">Where its includes are looked for; null where it cannot include.</param>
/// <param name="HasLines">Whether messages give line numbers.</param>
internal sealed record HoconSource(string Name, string Text, string? Directory = null, bool HasLines = true);
