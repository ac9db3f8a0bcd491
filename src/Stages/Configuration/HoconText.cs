// Writes a configuration tree as HOCON text, the same text for the same content.
using System.Globalization;
using System.Text;

namespace XClassFlow.Stages.Configuration;

/// <summary>Rendering of <see cref="ConfigNode"/>. Keys are in ordinal order, so equal trees give equal texts.</summary>
internal static class HoconText
{
    /// <summary>A document, one key a line; for a tree of members the outermost braces are left out.</summary>
    public static string Document(ConfigNode node)
    {
        var text = new StringBuilder();
        if (node.Kind == ConfigNodeKind.Members)
        {
            AppendMembers(text, node, 0);
        }
        else
        {
            AppendValue(text, node, 0);
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The value on one line, for messages.</summary>
    public static string Inline(ConfigNode node) => node.Kind switch
    {
        ConfigNodeKind.Null => "null",
        ConfigNodeKind.Text => Scalar(node.Text),
        ConfigNodeKind.Items => $"[{string.Join(", ", node.Items.Select(Inline))}]",
        _ when node.Members.Count == 0 => "{}",
        _ => $"{{ {string.Join(", ", node.Members.Select(m => $"{ConfigPath.Quote(m.Key)} = {Inline(m.Value)}"))} }}",
    };

    /// <summary>The text between quotes, with the escapes of JSON.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' or '\ufeff' =>
                    quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ when char.IsSurrogate(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static void AppendMembers(StringBuilder text, ConfigNode node, int depth)
    {
        foreach (var (key, value) in node.Members)
        {
            text.Append(' ', 2 * depth).Append(ConfigPath.Quote(key));
            text.Append(value.Kind == ConfigNodeKind.Members ? " " : " = ");
            AppendValue(text, value, depth);
            text.Append('\n');
        }
    }

    private static void AppendValue(StringBuilder text, ConfigNode node, int depth)
    {
        if (node.Kind == ConfigNodeKind.Members && node.Members.Count > 0)
        {
            text.Append("{\n");
            AppendMembers(text, node, depth + 1);
            text.Append(' ', 2 * depth).Append('}');
        }
        else if (node.Kind == ConfigNodeKind.Items && node.Items.Any(i => i.Kind is ConfigNodeKind.Members or ConfigNodeKind.Items))
        {
            text.Append("[\n");
            foreach (var item in node.Items)
            {
                text.Append(' ', 2 * (depth + 1));
                AppendValue(text, item, depth + 1);
                text.Append(",\n");
            }

            text.Append(' ', 2 * depth).Append(']');
        }
        else
        {
            text.Append(Inline(node));
        }
    }

    // Unquoted only where no parser of HOCON could read anything else into it.
    private static string Scalar(string text)
    {
        var plain = text.Length > 0 && text != "null" && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return plain ? text : Quoted(text);
    }
}
