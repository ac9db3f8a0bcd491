// Components for the registry tests, among them the mistakes a custom one can make.
namespace XClassFlow.Stages.Tests.Configuration;

public interface IBackbone
{
    string Describe();
}

public sealed record Context(int Classes);

public sealed record MlpSettings(int Width, double Dropout = 0);

public sealed record ConvSettings(int Embedding = 64);

public sealed class BuiltIn(string name) : IBackbone
{
    public string Describe() => name;
}

public sealed class CustomBackbone(CustomBackbone.Settings settings, Context context) : IBackbone
{
    public string Describe() => $"custom {settings.Depth} {context.Classes}";

    public sealed record Settings(int Depth = 2);
}

public sealed class NotABackbone
{
    public sealed record Settings(int Depth = 2);
}

public sealed class WithoutSettings : IBackbone
{
    public string Describe() => "";
}

public sealed class WithoutConstructor(WithoutConstructor.Settings settings) : IBackbone
{
    public string Describe() => settings.ToString();

    public sealed record Settings(int Depth = 2);
}

internal sealed class Hidden : IBackbone
{
    public string Describe() => "";
}

public abstract class Unfinished : IBackbone
{
    public abstract string Describe();
}
