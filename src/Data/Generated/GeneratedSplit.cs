// Which samples of the generated classes a set holds.
namespace XClassFlow.Data.Generated;

/// <summary>The same classes, different samples.</summary>
public enum GeneratedSplit
{
    Train,
    Test,
}
