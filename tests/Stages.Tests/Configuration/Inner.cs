// Settings that the binder tests bind.
using XClassFlow.Data;

namespace XClassFlow.Stages.Tests.Configuration;

public sealed record Inner(double Rate = 0.1, int? Limit = null)
{
    public void Validate(string path)
    {
        if (Rate <= 0)
        {
            throw new UserErrorException($"rate {Rate} is not positive", path, "write a rate above 0");
        }
    }
}
