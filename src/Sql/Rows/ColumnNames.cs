using System.Reflection;
using System.Text;

namespace ActorStreams.Sql.Rows;

/// <summary>What members of C# are called in SQL: <c>WindowStart</c> is <c>window_start</c>.</summary>
internal static class ColumnNames
{
    /// <summary>The name of the column that a member stands for.</summary>
    public static string Of(MemberInfo member) => member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? Of(member.Name);

    public static string Of(string member)
    {
        var name = new StringBuilder(member.Length + 4);
        for (int at = 0; at < member.Length; at++)
        {
            bool begins = char.IsUpper(member[at]) && at > 0 && member[at - 1] != '_'
                && (!char.IsUpper(member[at - 1]) || (at + 1 < member.Length && char.IsLower(member[at + 1])));
            if (begins)
                name.Append('_');
            name.Append(char.ToLowerInvariant(member[at]));
        }

        return name.ToString();
    }

    /// <summary>Whether a column may be meant by a member's name: case and underscores do not count.</summary>
    public static bool Match(string column, string member) => Bare(column).Equals(Bare(member), StringComparison.OrdinalIgnoreCase);

    private static string Bare(string name) => name.Replace("_", "", StringComparison.Ordinal);
}
