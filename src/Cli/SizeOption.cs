// An option that takes an amount of memory: --memory 4GiB.
using System.CommandLine;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cli;

/// <summary>Reads what HOCON reads (<see cref="ByteSize"/>), so that a size is written in one way everywhere.</summary>
internal static class SizeOption
{
    public static Option<long?> Create(string name, string description) => new(name)
    {
        HelpName = "SIZE",
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (ByteSize.TryParse(text, out var size) && size.Bytes > 0)
            {
                return size.Bytes;
            }

            result.AddError($"{name} '{text}' is not a size, such as 4GiB");
            return null;
        },
    };
}
