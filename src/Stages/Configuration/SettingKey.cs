// A key of the configuration as the documentation sees it.
namespace XClassFlow.Stages.Configuration;

/// <summary>One key.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Type">The type of its value, without nullability.</param>
/// <param name="Required">Whether it has no default.</param>
/// <param name="Default">The default as it is written in HOCON; null where it is required.</param>
public sealed record SettingKey(string Path, Type Type, bool Required, string? Default);
