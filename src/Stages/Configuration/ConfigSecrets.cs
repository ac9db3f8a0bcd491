// Which values of a configuration are not to be shown.
namespace XClassFlow.Stages.Configuration;

/// <summary>
/// Messages and shown configurations end up in logs and tickets. Hidden is every text below a block <c>security</c>, whatever its key is, since keys are mistyped, and what is called a secret or a
/// password anywhere, since the block's name may be the mistake.
/// </summary>
internal static class ConfigSecrets
{
    /// <summary>What is shown instead.</summary>
    public const string Hidden = "***";

    private static readonly string[] Switches = ["", "on", "off", "true", "false", "yes", "no"];

    /// <param name="path">Full path of the key.</param>
    /// <param name="text">The value; a switch is no secret.</param>
    public static bool MayBe(string path, string text)
    {
        var keys = path.Split('.');
        return !Switches.Contains(text) && (keys.Contains("security") || keys[^1].Split('[')[0] is "secret" or "password");
    }
}
