// Settings that the binder tests bind.
namespace XClassFlow.Stages.Tests.Configuration;

public enum Rule
{
    Sgd,
    RowWiseLars,
}
