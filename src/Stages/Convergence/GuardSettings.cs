// Settings of the guard against steps that would ruin the weights.
using XClassFlow.Data;

namespace XClassFlow.Stages.Convergence;

/// <summary>What counts as trouble, and what is done about it; see docs/convergence.md.</summary>
/// <param name="Enabled">Off: every step is applied, and a loss that is no number ends the run.</param>
/// <param name="Spike">A step is left out when its loss is more than so many times the smoothed one (plus a tenth of the first).</param>
/// <param name="Drift">The rates back off when the smoothed loss is more than so many times its lowest value (plus a tenth of the first).</param>
/// <param name="Window">Steps over which the loss is smoothed, and that pass after a trouble before the next one counts.</param>
/// <param name="BackOff">What the rates are multiplied by after a trouble.</param>
/// <param name="Recovery">Steps in which they double again; twice as many after each further trouble.</param>
/// <param name="Tries">Troubles after which the run is given up; they are forgotten when the rates are back.</param>
/// <param name="LeftOut">Steps left out in a row after which the run is given up.</param>
/// <param name="Returns">Times that a run which is given up goes back to its last checkpoint, with rates that have backed off once more each time; 0: never.</param>
/// <param name="Plateau">Updates without a new lowest smoothed loss after which the run ends; 0: never.</param>
public sealed record GuardSettings(
    bool Enabled = true,
    double Spike = 3,
    double Drift = 1.5,
    int Window = 20,
    double BackOff = 0.5,
    int Recovery = 200,
    int Tries = 8,
    int LeftOut = 50,
    int Returns = 2,
    long Plateau = 0)
{
    public void Validate(string path)
    {
        SettingsCheck.Require(Spike > 1, path, "spike", Spike, "write a number above 1; 3 is a good value");
        SettingsCheck.Require(Drift > 1, path, "drift", Drift, "write a number above 1; 1.5 is a good value");
        SettingsCheck.Within(path, "window", Window, 1, 100_000, "20 is a good value");
        SettingsCheck.Require(BackOff is > 0 and < 1, path, "back-off", BackOff, "write a number between 0 and 1; 0.5 is a good value");
        SettingsCheck.Within(path, "recovery", Recovery, 1, 1_000_000, "200 is a good value");
        SettingsCheck.Within(path, "tries", Tries, 1, 1_000, "8 is a good value");
        SettingsCheck.Within(path, "left-out", LeftOut, 1, 100_000, "50 is a good value");
        SettingsCheck.Within(path, "returns", Returns, 0, 1_000, "2 is a good value");
        SettingsCheck.Within(path, "plateau", Plateau, 0, long.MaxValue, "0 is never");
    }
}
