// What a node of the configuration tree is.
namespace XClassFlow.Stages.Configuration;

/// <summary>The four kinds of <see cref="ConfigNode"/>.</summary>
public enum ConfigNodeKind
{
    /// <summary>Named members.</summary>
    Members,

    /// <summary>Items in order.</summary>
    Items,

    /// <summary>One value, as text: numbers, durations and switches become themselves only when they are bound.</summary>
    Text,

    /// <summary>Written as <c>null</c>: present, without a value.</summary>
    Null,
}
