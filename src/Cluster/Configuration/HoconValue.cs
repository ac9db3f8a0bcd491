// What a HOCON document says before substitutions are resolved.
namespace XClassFlow.Cluster.Configuration;

/// <summary>A value as it was read.</summary>
/// <param name="Origin">File and line, for messages.</param>
internal abstract record HoconValue(HoconOrigin Origin);
