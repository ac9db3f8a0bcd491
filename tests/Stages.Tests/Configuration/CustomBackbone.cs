// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed class CustomBackbone(CustomBackbone.Settings settings, Context context) : IBackbone
{
    public string Describe() => $"custom {settings.Depth} {context.Classes}";

    public sealed record Settings(int Depth = 2);
}
