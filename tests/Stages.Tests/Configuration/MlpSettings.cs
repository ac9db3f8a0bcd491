// A component of the registry tests.
namespace XClassFlow.Stages.Tests.Configuration;

public sealed record MlpSettings(int Width, double Dropout = 0);
