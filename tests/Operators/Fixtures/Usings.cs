// The folders of the specs have the names of the operators' own, which would hide these two classes.
global using WindowCount = ActorStreams.WindowResult<string, long>;
