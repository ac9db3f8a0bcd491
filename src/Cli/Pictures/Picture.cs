// What all pictures of the project have in common: a white ground, dotted grids, SVG files.
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using XClassFlow.Data;

namespace XClassFlow.Cli.Pictures;

/// <summary>Public for the studies of bench.</summary>
public static class Picture
{
    /// <summary>An empty picture with a legend.</summary>
    public static PlotModel Create(string title, LegendPosition legend)
    {
        var model = new PlotModel { Title = title, Background = OxyColors.White };
        model.Legends.Add(new Legend { LegendPosition = legend });
        return model;
    }

    /// <summary>Adds an axis with a dotted grid.</summary>
    public static T With<T>(this PlotModel model, T axis, AxisPosition position, string title)
        where T : Axis
    {
        (axis.Position, axis.Title, axis.MajorGridlineStyle) = (position, title, LineStyle.Dot);
        model.Axes.Add(axis);
        return axis;
    }

    /// <summary>Writes an SVG.</summary>
    /// <exception cref="UserErrorException">There is no such directory.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(PlotModel model, string file, int width, int height)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        if (!Directory.Exists(directory))
        {
            throw new UserErrorException($"there is no directory '{directory}'", file, "create it first");
        }

        using var memory = new MemoryStream();
        new SvgExporter { Width = width, Height = height }.Export(model, memory);
        try
        {
            File.WriteAllBytes(file, memory.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(file, e);
        }
    }
}
