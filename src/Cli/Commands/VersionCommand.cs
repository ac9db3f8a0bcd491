// xclassflow version
using System.CommandLine;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Commands;

internal static class VersionCommand
{
    public static Command Create(CommandServices services)
    {
        var command = new Command("version", "Prints the versions of the program and of what it runs on.");
        command.SetAction(_ =>
        {
            var versions = RunVersions.Collect();
            versions["akka"] = RunVersions.Of(typeof(Akka.Actor.ActorSystem).Assembly);
            foreach (var (name, version) in versions)
            {
                services.Out.WriteLine($"{name} {version}");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
