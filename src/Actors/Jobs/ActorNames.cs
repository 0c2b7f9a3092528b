using System.Globalization;
using System.Text;
using Akka.Actor;

namespace ActorStreams.Actors.Jobs;

/// <summary>Names of pipelines and stages as elements of an actor's path.</summary>
internal static class ActorNames
{
    /// <summary>The name itself where a path takes it; other signs as <c>%</c> and two hexadecimal digits of each of their UTF-8
    /// bytes.</summary>
    public static string Of(string name)
    {
        if (ActorPath.IsValidPathElement(name))
            return name;
        var text = new StringBuilder();
        foreach (byte one in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || (one is (byte)'-' or (byte)'_' or (byte)'.' && text.Length > 0))
                text.Append((char)one);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }

        return text.ToString();
    }
}
