// xclassflow config show
using System.CommandLine;
using XClassFlow.Cluster.Configuration;

namespace XClassFlow.Cli.Commands;

internal static class ConfigCommand
{
    public static Command Create(CommandServices services)
    {
        var config = CommonOptions.Optional("--config", "FILE", "The configuration (HOCON); without it, the reference.", "-c");
        var sets = CommonOptions.Sets();
        var show = new Command("show", "Prints the effective configuration as HOCON; secrets are hidden.") { config, sets };
        show.SetAction(parse =>
        {
            var loaded = HoconLoader.Load(parse.GetValue(config), parse.GetRequiredValue(sets), services.Reference());
            services.Out.Write(loaded.WithoutSecrets().ToHocon());
            return ExitCodes.Done;
        });
        return new Command("config", "Shows configurations.") { show };
    }
}
